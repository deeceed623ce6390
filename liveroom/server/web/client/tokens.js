// Who the client is. Promise: a token is fetched when there is none or the old one ran out, never more often; a
// guest keeps its name; a token that cannot be renewed is known as such.

const FETCH_TIMEOUT_MS = 10_000;
const EARLY_MS = 60_000;
const LONGEST_TIMER_MS = 86_400_000; // browsers overflow above 2^31 ms; renewing a day early costs nothing

export class Tokens {
  #fetch;
  #token;
  #guest = false;
  #env;
  #timer;

  constructor({ token, getToken }, env) {
    this.#token = token;
    this.#fetch = getToken;
    this.#env = env;
  }

  get renewable() {
    return Boolean(this.#fetch);
  }

  /** The token for the next `connect`; undefined for a guest. Rejects when the source fails or takes over 10 s. */
  async current() {
    return this.#token ?? (this.#fetch ? this.fresh() : undefined);
  }

  /** A new token from the source. */
  async fresh() {
    let timer;
    const late = new Promise((_, reject) => {
      timer = this.#env.setTimeout(() => reject(new Error("getToken gave no token within 10 s")), FETCH_TIMEOUT_MS);
    });
    try {
      this.#token = (await Promise.race([this.#fetch(), late])) || undefined;
      this.#guest = false;
    } finally {
      this.#env.clearTimeout(timer);
    }
    return this.#token;
  }

  /** The server's token for this guest: the same guest after a cut. */
  keepGuest(token) {
    this.#token = token;
    this.#guest = true;
  }

  /** Forgets a token that ran out. False when there is no other way to be let in. */
  expire() {
    if (!this.#fetch && !this.#guest && this.#token !== undefined) return false;
    this.#token = undefined;
    return true;
  }

  /** Calls `renew` 60 s before the token runs out, or after half of what is left when that is less than two minutes. */
  plan(left_ms, renew) {
    this.cancel();
    if (!this.#fetch || !(left_ms > 0)) return;
    const wait = left_ms - Math.min(EARLY_MS, left_ms / 2);
    this.#timer = this.#env.setTimeout(renew, Math.min(wait, LONGEST_TIMER_MS));
  }

  cancel() {
    this.#env.clearTimeout(this.#timer);
  }
}
