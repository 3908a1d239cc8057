/** A time, as a sentence has it. */
export const seconds = (ms: number) => `${Number((ms / 1000).toFixed(3))} s`;
