/** For options that may be repeated: adds what `read` makes of the text to what came before. */
export const collect = <T>(read: (text: string) => T) => (text: string, before: T[] = []): T[] => [...before, read(text)];
