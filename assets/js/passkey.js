// Passkeys: <form hidden data-passkey="register|login" data-begin="URL" data-finish="URL" data-next="URL">.
// Bytes travel as base64url.
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => b && btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const post = async (url, body) => {
    const r = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) });
    if (!r.ok) throw new Error(String(r.status));
    return (r.headers.get("Content-Type") || "").includes("json") ? r.json() : {};
  };
  const run = async (form) => {
    const kind = form.dataset.passkey;
    const answer = await post(form.dataset.begin, Object.fromEntries(new FormData(form)));
    const o = answer.publicKey || answer;
    o.challenge = bytes(o.challenge);
    if (o.user) o.user.id = bytes(o.user.id);
    for (const c of [...(o.excludeCredentials || []), ...(o.allowCredentials || [])]) c.id = bytes(c.id);
    const cred = await (kind === "register" ? navigator.credentials.create({ publicKey: o }) : navigator.credentials.get({ publicKey: o, mediation: answer.mediation || undefined }));
    const r = cred.response;
    const response = { clientDataJSON: text(r.clientDataJSON) };
    for (const k of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (r[k]) response[k] = text(r[k]);
    if (r.getTransports) response.transports = r.getTransports();
    const done = await post(form.dataset.finish, { id: cred.id, rawId: text(cred.rawId), type: cred.type, authenticatorAttachment: cred.authenticatorAttachment || undefined, clientExtensionResults: cred.getClientExtensionResults(), response });
    location.assign(done.location || form.dataset.next || location.href);
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      const fault = form.querySelector("[data-fault]");
      if (fault) fault.hidden = true;
      run(form).catch(() => { if (fault) fault.hidden = false; });
    });
  }
})();
