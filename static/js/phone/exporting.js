/* 导出备份文件: everything that is not with the portal, in one file that the office can take in. */

/* JSON with sorted keys and no blanks: what the digest is taken of, here and by the portal. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

function base64(buffer) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([buffer]));
  });
}

/* The file as a Blob. */
export async function backup(work) {
  const { operations, photos } = await work.unsent();
  const content = {
    format: "shuangjian-field-1", device: work.person.device, user: work.person.user, made_at: new Date().toISOString(),
    operations, photos: [],
  };
  for (const photo of photos) {
    const { visit, item, name, sha256, taken_at, blurred } = photo.value;
    const bytes = await base64(await work.bytesOf(photo));
    content.photos.push({ target: `${visit}/${item}`, name, sha256, taken_at, blurred, bytes });
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(content))));
  content.digest = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return new Blob([canonical(content)], { type: "application/json" });
}
