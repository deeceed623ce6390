/**
 * A growing list that stays at its end until the person reads back; then it counts what came since.
 */

const NEAR_END_PX = 48;

export class Follow {
  /**
   * @param {HTMLElement} list the scrolling element
   * @param {HTMLButtonElement} button leads back to the end; hidden while nothing is unread
   * @param {(unread: number) => void} say writes the button's text
   */
  constructor(list, button, say) {
    this.list = list;
    this.button = button;
    this.say = say;
    this.unread = 0;
    this.following = true;
    this.lastTop = 0;
    button.addEventListener("click", () => this.toEnd());
    list.addEventListener("scroll", () => this.noticeScroll(), { passive: true });
    new ResizeObserver(() => this.following && this.toEnd()).observe(list);
  }

  /** `added` entries were appended. */
  grew(added) {
    if (this.following) return this.toEnd();
    this.unread += added;
    return this.show();
  }

  toEnd() {
    this.following = true;
    this.unread = 0;
    this.list.scrollTop = this.list.scrollHeight;
    this.show();
  }

  /** Only moving up stops following: growing and shrinking of the list also scroll it. */
  noticeScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.following = true;
    else if (scrollTop < this.lastTop) this.following = false;
    this.lastTop = scrollTop;
    if (this.following) this.unread = 0;
    this.show();
  }

  show() {
    this.button.hidden = this.unread === 0;
    if (this.unread > 0) this.say(this.unread);
  }
}
