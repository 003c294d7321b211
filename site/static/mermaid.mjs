// What the page's other script, mermaid.tiny.js, left with the window.
export default globalThis.mermaid;
