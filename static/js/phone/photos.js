/* A photo as it goes to the portal: at most 1600 px, a JPEG of about 300 KB, drawn anew, so that nothing of what the
   camera wrote into the file is left but what is read here first: when it was taken.                              */
const LONGEST = 1600; // px
const ENOUGH = 320 * 1024; // bytes
const QUALITIES = [0.82, 0.7, 0.58, 0.45];
const BLOCK = 14; // px of a blurred square's side, at least
const TAKEN_AT = 0x9003; // DateTimeOriginal
const EXIF_PART = 0x8769; // where it stands

/* The file as {about, bytes}. Throws where the browser cannot read it as a picture. */
export async function shrink(file) {
  const address = URL.createObjectURL(file);
  try {
    const picture = await loaded(address);
    const scale = Math.min(1, LONGEST / Math.max(picture.naturalWidth, picture.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.naturalWidth * scale);
    canvas.height = Math.round(picture.naturalHeight * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#FFF"; // what was transparent
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const plain = file.name.replace(/\.[^.]*$/, "").replace(/[\p{C}\\/:*?"<>|]/gu, "").slice(0, 60);
    const name = `${plain || "照片"}.jpg`;
    const taken = exifTime(await file.slice(0, 131072).arrayBuffer()) || new Date(file.lastModified);
    return await encoded(canvas, { name, taken_at: taken.toISOString(), blurred: false });
  } finally {
    URL.revokeObjectURL(address);
  }
}

export async function loaded(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  return picture;
}

/* The canvas as a photo that carries what is said about it. */
export async function encoded(canvas, about) {
  let blob = null;
  for (const quality of QUALITIES) {
    blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
    if (!blob) throw new Error("the picture is too large for this device");
    if (blob.size <= ENOUGH) break;
  }
  const bytes = await blob.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { about: { ...about, sha256, size: bytes.byteLength }, bytes };
}

/* Makes a square around the point unrecognisable for good: its blocks are painted over, each in one colour. */
export function blurAt(canvas, x, y) {
  const pen = canvas.getContext("2d");
  const side = Math.round(Math.max(canvas.width, canvas.height) / 7);
  const left = Math.max(0, Math.min(canvas.width - side, Math.round(x - side / 2)));
  const top = Math.max(0, Math.min(canvas.height - side, Math.round(y - side / 2)));
  const block = Math.max(BLOCK, Math.round(side / 6));
  for (let down = top; down < top + side; down += block) {
    for (let across = left; across < left + side; across += block) {
      const { data } = pen.getImageData(across, down, block, block);
      const sum = [0, 0, 0];
      for (let at = 0; at < data.length; at += 4) for (let one = 0; one < 3; one += 1) sum[one] += data[at + one];
      pen.fillStyle = `rgb(${sum.map((one) => Math.round(one / (data.length / 4))).join(",")})`;
      pen.fillRect(across, down, block, block);
    }
  }
}

/* When a JPEG says that it was taken (by the camera's own clock), or null. Source: EXIF 2.3, TIFF 6.0. */
function exifTime(buffer) {
  const view = new DataView(buffer);
  try {
    let at = 2;
    while (view.getUint16(at) !== 0xFFE1) {
      if ((view.getUint16(at) & 0xFF00) !== 0xFF00) return null;
      at += 2 + view.getUint16(at + 2);
    }
    const start = at + 10; // behind the marker, its length and "Exif\0\0"
    const little = view.getUint16(start) === 0x4949;
    const entry = (directory, wanted) => {
      const count = view.getUint16(directory, little);
      for (let one = 0; one < count; one += 1) {
        const place = directory + 2 + one * 12;
        if (view.getUint16(place, little) === wanted) return start + view.getUint32(place + 8, little);
      }
      return 0;
    };
    const details = entry(start + view.getUint32(start + 4, little), EXIF_PART);
    const place = details && entry(details, TAKEN_AT);
    if (!place) return null;
    const text = String.fromCharCode(...new Uint8Array(buffer, place, 19)); // 2026:11:16 14:11:05
    const [, year, month, date, hour, minute, second] = text.match(/^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/);
    return year > "1990" ? new Date(year, month - 1, date, hour, minute, second) : null; // a clock never set
  } catch (_) {
    return null; // no JPEG, cut short, or another order than the standard's
  }
}
