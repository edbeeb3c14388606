/** A file by its name, whose bytes are fetched when they are wanted: on disk, in a zip, or chosen on a page. */
export interface FileToRead {
  /** For errors, and to tell files apart. */
  readonly name: string;
  /** All bytes. May be called more than once. */
  read(): Promise<Uint8Array>;
}

/** The file of a name in the folder of the file that is read; reading it fails where there is none. */
export type FilesBeside = (file: string) => FileToRead;

/** Which of several volumes is meant, where files hold more than one. */
export interface SeriesChoice {
  /** The number of a volume in the list that a refusal shows, from 1, or a Series Instance UID. */
  readonly series?: string;
}
