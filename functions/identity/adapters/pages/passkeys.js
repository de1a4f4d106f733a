// The browser's part of WebAuthn: fetch options, ask the authenticator, post its answer as a form.
"use strict";
(() => {
  const form = document.getElementById("passkey");
  if (!form) return;
  const said = form.querySelector("[role=alert]");
  const fail = (text) => { said.textContent = text; said.hidden = false; };

  async function begin() {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value });
    const answer = await fetch(form.dataset.begin, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return answer.json();
  }

  async function ask(options) {
    if (form.dataset.kind === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  }

  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    const button = event.submitter;
    try {
      const credential = await ask(await begin());
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.requestSubmit(button);
    } catch (error) {
      fail(`The passkey was not used: ${error.message}`);
    }
  });
})();
