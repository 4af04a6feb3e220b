/* Trusted Types for htmx, which makes HTML of our own server's answers: only HTML passes, and never a script; the scripts
   that may be named are the service workers: of the patients' own door, and of messages to browsers. */
const WORKERS = /^\/(portal\/sw|static\/messaging\/worker(\.\w+)?)\.js$/;
if (window.trustedTypes && trustedTypes.createPolicy) {
  trustedTypes.createPolicy("default", {
    createHTML: (text) => text,
    createScript: () => null,
    createScriptURL: (url) => (WORKERS.test(url) ? url : null),
  });
}
