"""Pictures of running pages, light and dark, wide and narrow, to be looked at by a person; with axe and the console.

    .venv/bin/python tests/screens.py http://127.0.0.1:8000/ui/ --into shots [--sign-in doctor:secret] [--axe] [--full]

It is a tool, not a test: it prints what axe and the console say, and writes PNG files.
"""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}
#: what the other theme can change
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def main() -> None:
    """Read the arguments and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--into", type=Path, default=Path("shots"))
    parser.add_argument("--sign-in", default="", help="user:password, given to the sign-in page of the first address")
    parser.add_argument("--axe", action="store_true", help="print accessibility violations")
    parser.add_argument("--full", action="store_true", help="the whole page instead of what fits")
    parser.add_argument("--only", choices=sorted(SIZES), help="one width alone")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for size in [asked.only] if asked.only else SIZES:
            for theme in THEMES:
                take(browser, asked, size, theme)
        browser.close()


def take(browser: Browser, asked: argparse.Namespace, size: str, theme: str) -> None:
    """All addresses in one width and theme."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        device_scale_factor=2 if size == "phone" else 1,
        has_touch=size == "phone",
    )
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and print(f"console {page.url}: {message.text}"))
    page.on("pageerror", lambda error: print(f"script {page.url}: {error}"))
    if asked.sign_in:
        sign_in(page, urljoin(asked.urls[0], "/sign-in"), *asked.sign_in.split(":", 1))
    for url in asked.urls:
        page.goto(url, wait_until="networkidle")
        name = re.sub(r"\W+", "-", url.split("://", 1)[1].partition("/")[2]).strip("-") or "home"
        page.screenshot(path=asked.into / f"{name}-{size}-{theme}.png", full_page=asked.full)
        if asked.axe:
            report(page, f"{name} {size} {theme}")
    context.close()


def sign_in(page: Page, url: str, user: str, password: str) -> None:
    """Sign in once; the session then holds for the context."""
    page.goto(url)
    page.locator("input[name=username]").fill(user)
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def violations(page: Page, options: Mapping[str, Any] = WCAG) -> list[dict[str, Any]]:
    """What axe finds on the page as it is now; axe itself is put into a document once, and hands over nothing that is well."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    asked = {"resultTypes": ["violations"], **options}
    found: list[dict[str, Any]] = page.evaluate("options => axe.run(options).then(one => one.violations)", asked)
    return found


def report(page: Page, name: str) -> None:
    """Print what axe finds."""
    found = violations(page)
    print(f"axe {name}: {len(found)} violations")
    for one in found:
        print(f"  {one['id']}: {one['help']}")
        for node in one["nodes"][:4]:
            print(f"    {node['html'][:160]}\n      {node['failureSummary'][:220]}")


if __name__ == "__main__":
    main()
