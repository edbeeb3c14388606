/** What the command ends with: `trusted` also stands for success where no image is judged. */
export const exitStatus = { trusted: 0, error: 1, usage: 2, foreign: 3, interrupted: 130 } as const;
