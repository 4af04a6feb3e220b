/* Trusted Types for htmx, which makes HTML of our own server's answers: only HTML passes, and never a script; the one script
   that may be named is the service worker of the patients' own door. */
if (window.trustedTypes && trustedTypes.createPolicy) {
  trustedTypes.createPolicy("default", {
    createHTML: (text) => text,
    createScript: () => null,
    createScriptURL: (url) => (url === "/portal/sw.js" ? url : null),
  });
}
