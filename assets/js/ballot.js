// Says while boxes are ticked how many are, and how many are still needed. Nothing of it is kept anywhere.
document.querySelectorAll("[data-count]").forEach((out) => {
  const boxes = out.closest("form").querySelectorAll("[data-choices] input[type=checkbox]");
  const say = () => {
    const n = [...boxes].filter((b) => b.checked).length, left = Math.max(0, +out.dataset.least - n);
    out.textContent = out.dataset.chosen + " " + n + (left ? " · " + out.dataset.left + " " + left : "");
    out.hidden = false;
  };
  boxes.forEach((b) => b.addEventListener("change", say));
  addEventListener("pageshow", say);
  say();
});
