/**
 * A friendly name to start with, so that nobody has to think of one before looking in.
 */

import { language } from "../i18n.js";

const PARTS = {
  zh: [["早起的", "路过的", "爱笑的", "温柔的", "慢慢的", "好奇的", "晒太阳的", "听雨的"],
    ["橘猫", "海豚", "晚风", "云朵", "柚子", "小熊", "青柠", "星星"], ""],
  en: [["Early", "Curious", "Gentle", "Sunny", "Quiet", "Merry", "Rainy", "Lucky"],
    ["Heron", "Otter", "Breeze", "Clementine", "Fox", "Maple", "Comet", "Finch"], " "],
};

export function randomName() {
  const [first, second, between] = PARTS[language()];
  const pick = (list) => list[Math.floor(Math.random() * list.length)];
  return pick(first) + between + pick(second);
}
