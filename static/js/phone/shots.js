/* The photos of one item: taken or chosen, seen small, opened to blur a face or to drop one. */
import { h, moment } from "./dom.js";
import { blurAt, encoded, loaded, shrink } from "./photos.js";

const MOST = 9;

async function addressOf(app, photo) {
  return URL.createObjectURL(new Blob([await app.work.bytesOf(photo)], { type: "image/jpeg" }));
}

/* The photo on the whole screen. Until it goes up, a tap on a face blurs it and it can be dropped; so can one that the
   portal refused. */
export function openPhoto(app, photo) {
  const canvas = h("canvas", { role: "img", "aria-label": `照片：${photo.value.name}` });
  const isFree = photo.open && !photo.value.released;
  const isRefused = photo.open && photo.value.refused;
  let words = "已经上传或等待上传，不能再改";
  if (isFree) words = "点一下人脸即可打码；保存后不能恢复";
  if (isRefused) words = "平台没有采纳。已导出备份文件交督导室，或者不再需要的，可以从本机删除";
  const box = h("dialog", { class: "shot", "aria-label": "照片" });
  const close = () => {
    box.close();
    box.remove();
  };
  const keep = h("button", {
    class: "btn p", type: "button", disabled: true,
    onclick: () => app.save(
      encoded(canvas, { ...photo.value, blurred: true }).then((picture) => app.work.changePhoto(photo, picture)), close),
  }, "保存打码");
  const drop = h("button", { class: "btn d", type: "button", onclick: () => app.save(app.work.dropPhoto(photo), close) }, "删除");
  box.append(
    h("p", { class: "hint" }, words),
    canvas, h("p", { class: "hint" }, `${photo.value.name}　${moment(photo.value.taken_at)}`),
    h("p", { class: "row wrap mt8" }, isFree ? keep : null, isFree || isRefused ? drop : null,
      h("button", { class: "btn", type: "button", onclick: close }, "关闭")));
  if (isFree) {
    canvas.addEventListener("click", (event) => {
      const scale = canvas.width / canvas.clientWidth;
      blurAt(canvas, event.offsetX * scale, event.offsetY * scale);
      keep.disabled = false;
    });
  }
  box.addEventListener("cancel", () => box.remove());
  document.body.append(box);
  box.showModal();
  addressOf(app, photo).then(async (address) => {
    const picture = await loaded(address);
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    canvas.getContext("2d").drawImage(picture, 0, 0);
    URL.revokeObjectURL(address);
  });
}

export function shots(app, no, code) {
  const thumbs = h("div", { class: "thumbs mb8" });
  const elsewhere = h("p", { class: "hint mb8" });
  const trouble = h("p", { class: "emsg", role: "alert", hidden: true });
  const drawn = new Map(); // id and digest → element: a picture is decoded once

  async function take(input) {
    const files = [...input.files];
    input.value = "";
    trouble.hidden = true;
    for (const file of files) {
      const here = app.work.photos.filter((one) => one.value.visit === no && one.value.item === code).length;
      if (here >= MOST) {
        say(`每项最多${MOST}张照片`);
        return;
      }
      let picture;
      try {
        picture = await shrink(file);
      } catch (_) {
        say(`“${file.name}”读不出来，请改用JPG或PNG图片`);
        continue;
      }
      if (app.work.photos.some((one) => one.value.visit === no && one.value.item === code && one.value.sha256 === picture.about.sha256)) continue;
      await app.save(app.work.addPhoto(no, code, picture));
    }
  }

  function say(words) {
    trouble.textContent = words;
    trouble.hidden = false;
  }

  function source(words, attributes) {
    const input = h("input", { type: "file", accept: "image/*", onchange: () => take(input), ...attributes });
    return h("label", { class: "btn" }, h("span", {}, words), input);
  }

  function thumb(photo) {
    const picture = h("img", { alt: "" });
    addressOf(app, photo).then((address) => {
      picture.onload = () => URL.revokeObjectURL(address);
      picture.src = address;
    });
    return h("button", { class: "ph2 pic", type: "button", "aria-label": `照片：${photo.value.name}`, onclick: () => openPhoto(app, photo) }, picture);
  }

  const element = h("div", { class: "field", role: "group", "aria-label": "照片" },
    h("p", { class: "lab" }, "照片", h("small", {}, "选填，结束督导后上传")), trouble, elsewhere, thumbs,
    h("div", { class: "pick on" }, source("拍照", { capture: "environment" }), source("相册", { multiple: true })),
    h("p", { class: "hint mt8" }, "请勿拍到学生正脸、姓名和分数；拍到人脸的，点照片打码"));

  function show(item) {
    elsewhere.textContent = item.elsewhere ? `平台上已有${item.elsewhere}张` : "";
    elsewhere.hidden = !item.elsewhere;
    const keys = item.shots.map((photo) => `${photo.id} ${photo.value.sha256}`);
    for (const key of [...drawn.keys()]) if (!keys.includes(key)) drawn.delete(key);
    item.shots.forEach((photo, index) => { if (!drawn.has(keys[index])) drawn.set(keys[index], thumb(photo)); });
    thumbs.replaceChildren(...keys.map((key) => drawn.get(key)));
    thumbs.hidden = !keys.length;
  }
  return { element, show };
}
