/** How much is kept of what an engine says. It runs a game's code, and may say anything, and any amount of it. */

/** Bytes of one line of its output; the rest of the line is dropped. */
export const longestLine = 16 * 1024;
/** Characters of one message; the rest is cut off. */
export const longestMessage = 8192;
/** Characters of a name, a function or a file that is only shown; the rest is cut off. */
export const longestName = 1024;
/** Characters of a path by which something is found; a longer one is refused. */
export const longestPath = 4096;
/** Frames of one error's backtrace, the innermost first; the others are dropped. */
export const mostFrames = 256;
/** Entries of a list or of a table; the others are dropped. */
export const mostListed = 1000;
/** Bytes of one frame of the bus; a larger one ends the connection. */
export const largestFrame = 17 * 1024 * 1024;
/** Bytes of one answer's body; a larger one fails the call. */
export const largestAnswer = 16 * 1024 * 1024;
/** Of a number that is only shown: what the contract's uint32 can hold. */
export const largestNumber = 2 ** 32 - 1;

/** A copy where it is cut: a slice would keep the whole text alive. */
export const shorten = (text: string, longest = longestMessage) =>
  text.length > longest ? `${Buffer.from(text.slice(0, longest - 1))}…` : text;

/** The nearest whole number that can be shown; 0 for what is no number. */
export const bounded = (value: number, most = largestNumber) =>
  Math.min(Math.max(Math.round(value) || 0, 0), most);
