// Says beside the slider which day it stands for; without it the button sends the step and the server names the day.
const slider = document.getElementById("step");
const day = document.getElementById("day");
if (slider) {
  const days = slider.dataset.days.split(" ");
  const show = () => {
    day.textContent = days[slider.value];
    slider.setAttribute("aria-valuetext", days[slider.value]);
  };
  slider.addEventListener("input", show);
}
