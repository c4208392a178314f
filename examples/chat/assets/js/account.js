// Signing in, signing up, signing out.

import { forgetToken, request } from "./api.js";
import { $, onSubmit } from "./dom.js";

// Whether to ask the server at all who we are: it knows the session, but a page
// without one should not begin with an error. All tabs share it.
const MARK = "signedIn";

/** Returns who is signed in, or null. */
export async function whoAmI() {
  if (!localStorage.getItem(MARK)) return null;
  try {
    return (await request("POST", "/user", {})).user;
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
    for (const form of [$("#sign-in"), $("#sign-up")]) form.reset();
    entered(user);
  };
  onSubmit($("#sign-in"), $("#sign-in .problem"), (form) => enter(form.get("email"), form.get("password")));
  onSubmit($("#sign-up"), $("#sign-up .problem"), async (form) => {
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
    await request("DELETE", "/session");
  } catch (error) {
    if (!error.signedOut) throw error;
  }
  forget();
}

/** Calls back when another tab signs in or out. */
export function watchOtherTabs(callback) {
  addEventListener("storage", (event) => {
    if (event.key === MARK || event.key === null) callback(Boolean(localStorage.getItem(MARK)));
  });
}

function prepareTabs() {
  const tabs = [$("#tab-in"), $("#tab-up")];
  const select = (tab) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.ariaSelected = String(chosen);
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
  };
  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      select(tabs[1 - i]);
      tabs[1 - i].focus();
    });
  }
}
