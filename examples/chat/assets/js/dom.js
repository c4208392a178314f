// Small things about elements. Text is only ever set as text.

export const $ = (selector) => document.querySelector(selector);

/** The part of an element that its markup names with data-part. */
export const part = (element, name) => element.querySelector(`[data-part="${name}"]`);

/** A copy of a template's element. */
export const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Gives a person's avatar their initials, and a colour that stays theirs. */
export function paintAvatar(element, id, name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "");
  element.textContent = letters.join("").toUpperCase();
  element.dataset.hue = Number(id) % 8;
}
