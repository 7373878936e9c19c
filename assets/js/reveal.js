// Shows names only after a press: <a href="?names=1" data-reveal="ID">. Without this script the link does it.
document.addEventListener("click", (e) => {
  const link = e.target.closest("[data-reveal]");
  const what = link && document.getElementById(link.dataset.reveal);
  if (!what) return;
  e.preventDefault();
  what.hidden = !what.hidden;
  link.setAttribute("aria-expanded", String(!what.hidden));
});
