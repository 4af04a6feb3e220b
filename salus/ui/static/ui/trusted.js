/* Trusted Types for htmx, which makes HTML of our own server's answers: only HTML passes, and never a script. */
if (window.trustedTypes && trustedTypes.createPolicy) {
  trustedTypes.createPolicy("default", {
    createHTML: (text) => text,
    createScript: () => null,
    createScriptURL: () => null,
  });
}
