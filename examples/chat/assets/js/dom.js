// Small things about elements. Text is only ever set as text.

export const $ = (selector) => document.querySelector(selector);

/** The part of an element that its markup names with data-part. */
export const part = (element, name) => element.querySelector(`[data-part="${name}"]`);

/** A copy of a template's element. */
export const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Runs the work of a form, which cannot be sent again meanwhile, and shows what goes wrong beside it. */
export function onSubmit(form, problem, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    problem.textContent = "";
    for (const field of form.elements) field.removeAttribute?.("aria-invalid");
    try {
      await work(new FormData(form));
    } catch (error) {
      problem.textContent = error.message;
      const field = form.elements[error.key];
      field?.setAttribute("aria-invalid", "true");
      field?.focus();
    } finally {
      form.ariaBusy = "false";
    }
  });
}

/** Gives a person's avatar their initials, and a colour that stays theirs. */
export function paintAvatar(element, id, name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "");
  element.textContent = letters.join("").toUpperCase();
  element.dataset.hue = Number(id) % 8;
}
