// Leaves a page at once: a link [data-leave], or Shift three times within five seconds of each other. The page is blank
// before anything is asked of the network (.left, in parts.css); location.replace takes it out of the history. A page that a browser kept and
// shows again is blank too, and is asked for anew. Without this script the link alone does it.
(() => {
  const link = document.querySelector("[data-leave]");
  if (!link) return;
  const root = document.documentElement;
  const said = document.querySelector("[data-leave-said]");
  const say = (what) => { if (said) said.textContent = said.dataset[what] || ""; };
  const blank = () => root.classList.add("left");

  const leave = () => {
    blank();
    say("gone");
    location.replace(link.href);
  };
  document.addEventListener("click", (e) => {
    if (!e.target.closest("[data-leave]")) return;
    e.preventDefault();
    leave();
  });
  const paper = document.querySelector("[data-print]");
  if (paper) { paper.hidden = false; paper.onclick = () => print(); }

  let n = 0, since = 0;
  addEventListener("keydown", (e) => {
    if (e.key !== "Shift") { n = 0; say(); return; }
    if (e.repeat) return;
    const now = Date.now();
    n = now - since > 5000 ? 1 : n + 1;
    since = now;
    if (n === 3) leave(); else say(n === 1 ? "two" : "one");
  }, true);
  const keys = document.querySelector("[data-leave-keys]");
  if (keys && matchMedia("(hover: hover) and (pointer: fine)").matches) keys.hidden = false;

  // What answers a form is no entry that could be sent once more: going back asks for the page as it is before anything.
  history.replaceState(null, "", location.href);
  addEventListener("pagehide", blank);
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    blank();
    location.reload();
  });
})();
