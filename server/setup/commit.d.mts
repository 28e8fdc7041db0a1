export declare const commitOf: (folder: string) => string | null;
