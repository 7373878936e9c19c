// Shows beside the form of a proposal, while it is typed, what others proposed that seems to be the same. Title and text alone
// are sent, and nothing of them is kept; without this script the same stands on the page that checks the form.
document.querySelectorAll("[data-similar]").forEach((box) => {
  const form = box.closest("form"), fields = ["title", "about", "lang"].map((n) => form.elements[n]).filter(Boolean);
  let timer, asked = "";
  const ask = async () => {
    const words = String(new URLSearchParams(fields.map((e) => [e.name, e.value])));
    if (words === asked) return;
    asked = words;
    const r = await fetch(box.dataset.similar, { method: "POST", body: new URLSearchParams(words) }).catch(() => null);
    const part = r && r.ok && new DOMParser().parseFromString(await r.text(), "text/html").body;
    if (part && words === asked && part.textContent !== box.textContent) box.replaceChildren(...part.childNodes);
  };
  fields.forEach((e) => e.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 700);
  }));
});
