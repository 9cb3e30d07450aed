/** What htmx asked for and did not get is said beside what asked for it. */

const element = (name, values) => Object.assign(document.createElement(name), values);

function say(asking, words, link) {
  const place = asking.closest("form, li, p") ?? asking;
  const inside = place.matches("li");
  (inside ? place : place.parentNode).querySelector(":scope > .failure")?.remove();
  const problem = element("p", { className: "problem failure", role: "alert", textContent: `${words} ` });
  if (link) problem.append(link);
  if (inside) place.append(problem);
  else place.after(problem);
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const asking = detail.requestConfig.elt;
  const wanted = asking.closest("[hx-select]")?.getAttribute("hx-select");
  const page = new DOMParser().parseFromString(detail.xhr.responseText, "text/html");
  if (!wanted || page.querySelector(wanted)) return;
  detail.shouldSwap = false;
  if (page.querySelector("form [name=password]")) {
    const href = new URL(detail.xhr.responseURL);
    href.searchParams.set("next", location.pathname + location.search);
    say(asking, "You are signed out.", element("a", { href, textContent: "Sign in" }));
  } else {
    const words = page.querySelector(".problem, main p, h1")?.textContent;
    say(asking, words || "That did not work. Reload the page, and try again.");
  }
});
document.addEventListener("htmx:sendError", ({ detail }) => {
  say(detail.requestConfig.elt, "The network is down. Try again when it is back.");
});
