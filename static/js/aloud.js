// Reads a page aloud where the browser can: what stands in [data-aloud], from the top. Nothing leaves the phone.
(() => {
  const whole = document.querySelector("[data-aloud]");
  const button = document.querySelector("[data-aloud-button]");
  if (!whole || !button || !("speechSynthesis" in window)) return;
  const words = () => {
    const parts = whole.querySelectorAll("h2, p:not(.emsg), legend, .opt, li");
    return Array.from(parts, (part) => part.textContent.trim()).filter(Boolean).join("。");
  };
  const start = button.textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    const speaks = speechSynthesis.speaking;
    speechSynthesis.cancel();
    button.textContent = start;
    if (speaks) return;
    const said = new SpeechSynthesisUtterance(words());
    said.lang = "zh-CN";
    said.onend = () => { button.textContent = start; };
    button.textContent = "停止朗读";
    speechSynthesis.speak(said);
  });
  addEventListener("pagehide", () => speechSynthesis.cancel());
})();
