// The build puts mermaid.tiny.js beside this file. It is no module itself: it leaves `mermaid` with the window.
import "./mermaid.tiny.js";
export default globalThis.mermaid;
