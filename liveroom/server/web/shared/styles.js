/**
 * Styles of parts that a page brings when they are needed.
 */

/** @param {string} name of the file below `/web/style` @returns {Promise<void>} when it holds; also when it could not be had */
export function bringStyle(name) {
  const href = `/web/style/${name}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href });
  return new Promise((done) => {
    link.addEventListener("load", () => done());
    link.addEventListener("error", () => done());
    document.head.append(link);
  });
}
