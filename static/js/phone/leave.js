/* 退出登录 from this phone: asks first while something is not with the portal. */
import { h } from "./dom.js";

export function leave(app) {
  const words = h("p", {});
  const element = h("div", { class: "visit" }, h("div", { class: "crumb" }, h("a", { href: "#/" }, "今日安排")),
    h("h1", { tabindex: "-1" }, "退出登录"), h("section", { class: "panel pad mt16" }, words,
      h("p", { class: "mt16 row wrap" },
        h("a", { class: "btn p", href: "#/outbox" }, "先不退出，去上传"),
        h("button", { class: "btn", type: "button", onclick: () => app.leave() }, "退出登录"))));
  function show() {
    const count = app.work.waiting.length;
    words.textContent = count
      ? `还有${count}项没有上传。退出后这些内容加密留在本机，别人看不到；您下次在这部手机登录后继续上传。下载的督导会从本机清除。`
      : "下载的督导会从本机清除，下次登录后重新下载。";
  }
  show();
  return { element, show, title: "退出登录" };
}
