/* What the browser at hand does not do, said in time; nothing where there is nothing to say. */
const DAY = 86400000;
const WARN_AFTER = 3 * DAY; // iOS may clear a site that was not opened for 7 days
const TIGHT = 60 * 1024 * 1024; // bytes: two visits with many photos
let room = Infinity;

if (navigator.storage && navigator.storage.estimate) {
  navigator.storage.estimate().then(({ quota, usage }) => { room = quota - usage; });
}

const agent = navigator.userAgent;
const isApple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
const isPinned = navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
const inChat = /MicroMessenger|DingTalk|QQ\/|Lark|Feishu/.test(agent);

export function advice(waiting) {
  const oldest = Math.min(...waiting.map((one) => Date.parse(one.value.at)));
  if (waiting.length && Date.now() - oldest > WARN_AFTER) return ["有内容超过3天没有上传，请尽快连网上传或导出备份文件"];
  if (room < TIGHT) return ["手机存储空间快满了，请先上传或清理空间"];
  if (inChat) return ["聊天软件里打开的网页可能随时被清除，请点右上角，选择在浏览器中打开"];
  if (isApple && !isPinned) return ["苹果手机7天不打开会清除本机内容：请点分享，选择“添加到主屏幕”"];
  return [];
}
