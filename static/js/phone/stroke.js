/* A field to sign in with a finger. What it gives are points in a box of 600 × 200, whatever the screen.       */
import { h } from "./dom.js";

const WIDTH = 600;
const HEIGHT = 200;
const MOST_POINTS = 2000;
const CLOSE = 3; // points nearer than this say nothing new

export function pad() {
  const canvas = h("canvas", { class: "pad-sign", width: WIDTH, height: HEIGHT, role: "img", "aria-label": "手写签名区" });
  const pen = canvas.getContext("2d");
  let strokes = [];
  let current = null;

  function draw() {
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.lineWidth = 4;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(canvas).color;
    for (const stroke of strokes) {
      pen.beginPath();
      stroke.forEach(([x, y]) => pen.lineTo(x, y));
      pen.stroke();
    }
  }

  function add(event) {
    const box = canvas.getBoundingClientRect();
    const point = [
      Math.round(((event.clientX - box.left) / box.width) * WIDTH), Math.round(((event.clientY - box.top) / box.height) * HEIGHT),
    ].map((one, axis) => Math.max(0, Math.min(one, axis ? HEIGHT : WIDTH)));
    const [x, y] = current.length ? current[current.length - 1] : [-CLOSE, -CLOSE];
    if (Math.hypot(point[0] - x, point[1] - y) < CLOSE || strokes.flat().length >= MOST_POINTS) return;
    current.push(point);
    draw();
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    current = [];
    strokes.push(current);
    add(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (current) add(event); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { current = null; });

  const element = h("div", { class: "field" }, h("p", { class: "lab" }, "手写签名", h("small", {}, "选填")), canvas,
    h("p", { class: "mt8" }, h("button", {
      class: "btn s", type: "button",
      onclick: () => {
        strokes = [];
        draw();
      },
    }, "重写")));
  return { element, strokes: () => (strokes.some((one) => one.length > 1) ? strokes.filter((one) => one.length > 1) : null) };
}
