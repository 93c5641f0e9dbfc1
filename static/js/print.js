// The print button works with script alone, so it is hidden until this has run.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
