/* The live preview: the list changes while the dial or the minimum is moved. Without it, the button does. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-live]");
  if (!form) return;
  const answer = document.getElementById("answer");
  const own = form.elements.namedItem("own");
  let waiting, running;

  const minimum = form.elements.namedItem("minimum");
  const enableMinimum = () => (minimum.disabled = !own.checked);

  const output = (input) => form.querySelector(`output[for="${input.name}"]`);

  const show = async () => {
    running?.abort();
    const request = (running = new AbortController());
    const query = new URLSearchParams(new FormData(form));
    try {
      const response = await fetch(`${form.dataset.live}?${query}`, { signal: request.signal });
      const type = response.headers.get("content-type") || "";
      if (!type.startsWith("text/html")) return;
      const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
      answer.replaceChildren(...parsed.body.childNodes);
      answer.hidden = false;
    } catch (error) {
      if (error.name !== "AbortError") answer.setAttribute("aria-busy", "false");
    }
    if (running === request) answer.setAttribute("aria-busy", "false");
  };

  form.addEventListener("input", (event) => {
    const input = event.target;
    if (input.type !== "range" && input !== own) return;
    enableMinimum();
    if (input === own && own.checked) output(minimum).value = Number(minimum.value).toFixed(1);
    if (input.type === "range") output(input).value = Number(input.value).toFixed(input.name === "dial" ? 2 : 1);
    if (!form.elements.namedItem("url").checkValidity()) return;
    answer.setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    waiting = setTimeout(show, 120);
  });
  enableMinimum();
  addEventListener("pageshow", enableMinimum); // browsers may restore the box after this script
})();
