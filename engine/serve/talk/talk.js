() => {
  if (window.dialatlasTalk) return;
  window.dialatlasTalk = true;
  const keys = {
    ArrowRight: "talk-next", ArrowLeft: "talk-back", PageUp: "talk-back", PageDown: "talk-advance",
    ArrowDown: "talk-reveal", a: "talk-again",
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true], [role=listbox]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !document.getElementById("talk-next")) return;
    if (event.key === "n") document.body.classList.toggle("dt-no-strip");
    const button = document.getElementById(keys[event.key] || "");
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
