/** How much of what is passed on may be under way, and may wait. docs/security.md has the table. */

/** Requests whose bodies are gathered at once; one more is refused. */
export const mostGathering = 256;
/** Connections to the engine for requests that are whole, and for longer bodies, which their senders may delay. */
export const mostAsking = 48;
export const mostUploading = 16;
/** Answers without a length that are under way: they may last for ever, and keep nothing else waiting. */
export const mostStreaming = 64;
/** Requests that wait for one of them, for each of the two kinds; one more is refused. */
export const mostWaiting = 256;
