"""What the demo audience says. Ordinary small talk; no praise of goods, no calls to buy (R93)."""

from __future__ import annotations

NAMES: dict[str, tuple[str, ...]] = {
    "zh": (
        "青柠", "阿远", "小鹿", "南风", "一粒米", "橘子汽水", "山里人", "慢慢走", "听雨", "老周", "豆包不加糖", "Lily",
        "晚睡的猫", "小北", "海边的人", "七七", "木木", "冬瓜茶", "大鱼", "星期八", "云朵面包", "阿泽", "半糖", "望舒",
    ),
    "en": (
        "Lime", "Noah", "Fern", "Southwind", "Grain", "Soda", "Hillside", "Slowly", "Rainlistener", "Old Joe",
        "No Sugar", "Lily", "Nightcat", "North", "Seaside", "Seven", "Woods", "Melon Tea", "Big Fish", "Eighth Day",
        "Cloudbread", "Theo", "Halfsweet", "Moon",
    ),
}  # fmt: skip

LINES: dict[str, tuple[str, ...]] = {
    "zh": (
        "晚上好呀", "刚下班,来坐一会儿", "今天的灯光好舒服", "第一次来,大家好 👋", "这首歌叫什么?", "声音很清楚",
        "外面在下雨,听着正好", "我在吃面,边吃边看", "主播今天聊什么?", "哈哈哈哈", "周末终于到了", "有点想出去走走",
        "刚才那段再讲一遍可以吗?", "收到,谢谢", "今天第一次准时", "这个背景好看", "😂😂", "我也是这样想的",
        "先点个赞 ❤️", "手机快没电了,撑住", "大家都在哪里看呀?", "杭州的报到", "成都下雨了", "猫也在看", "好久不见",
        "慢慢来,不急", "下次几点播?", "喝口水再讲", "这里好热闹", "今天心情不错 ☀️",
    ),
    "en": (
        "Good evening", "Just off work, sitting down for a bit", "I like the light today", "First time here, hi 👋",
        "What is this song called?", "Sound is very clear", "It rains outside, this fits", "Watching over noodles",
        "What are we talking about today?", "Hahaha", "Weekend at last", "Makes me want to go for a walk",
        "Could you say that again?", "Got it, thanks", "On time for once", "Nice backdrop", "😂😂", "I think so too",
        "A like first ❤️", "Battery nearly gone, hold on", "Where is everybody watching from?", "Lisbon here",
        "The cat is watching too", "Long time no see", "Take your time", "When is the next one?", "Have some water",
        "Busy in here", "In a good mood today ☀️", "Greetings from the train",
    ),
}  # fmt: skip
