// Signing in, signing up, signing out.

import { forgetToken, request } from "./api.js";
import { $, part } from "./dom.js";
import { clearProblems, onSubmit } from "./form.js";
import { patiently } from "./patience.js";

// Whether to ask the server at all who we are: it knows the session, but a page
// without one should not begin with an error. All tabs share it.
const MARK = "signedIn";

/** Whether somebody seems to be signed in. */
export const isMarked = () => Boolean(localStorage.getItem(MARK));

/** Returns who is signed in, or null. */
export async function whoAmI() {
  try {
    return (await patiently(() => request("POST", "/user", {}))).user;
  } catch (error) {
    if (!error.signedOut) throw error;
    localStorage.removeItem(MARK);
    return null;
  }
}

/** Makes the forms work; entered is called with the user who has signed in. */
export function prepareForms(entered) {
  const enter = async (email, password) => {
    const { user } = await request("PUT", "/session", { email, password });
    localStorage.setItem(MARK, "true");
    forgetToken();
    entered(user);
  };
  onSubmit($("#sign-in"), part($("#sign-in"), "problem"), (form) => enter(form.get("email"), form.get("password")));
  onSubmit($("#sign-up"), part($("#sign-up"), "problem"), async (form) => {
    await request("PUT", "/user", Object.fromEntries(form));
    await enter(form.get("email"), form.get("password"));
  });
  prepareTabs();
}

/** Forgets that somebody is signed in. */
export function forget() {
  localStorage.removeItem(MARK);
  forgetToken();
}

export async function signOut() {
  try {
    await patiently(() => request("DELETE", "/session"));
  } catch (error) {
    if (!error.signedOut) throw error;
  }
  forget();
}

/** Calls back when another tab signs in or out. */
export function watchOtherTabs(callback) {
  addEventListener("storage", (event) => {
    if (event.key === MARK || event.key === null) callback(isMarked());
  });
}

const tabs = [$("#tab-in"), $("#tab-up")];

function select(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.ariaSelected = String(chosen);
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function prepareTabs() {
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      select(tabs[1 - i]);
      tabs[1 - i].focus();
    });
  }
}

/** Empties the forms. */
export function resetForms() {
  for (const form of [$("#sign-in"), $("#sign-up")]) {
    form.reset();
    clearProblems(form, part(form, "problem"));
  }
}

/** Offers to sign in, and says why. An alert is read out when its text changes while it is shown. */
export function offerSignIn(notice) {
  const hint = $("#notice");
  hint.textContent = "";
  select(tabs[0]);
  $("#sign-in input").focus();
  requestAnimationFrame(() => { hint.textContent = notice; });
}
