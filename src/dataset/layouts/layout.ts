/** What a dataset layout is: a way to lay images and labels out in a folder. */
import type { CaseFiles, Dataset } from "../dataset.js";

/** What a layout finds in a folder. Subjects and modalities are not its business. */
export interface LayoutContent extends Pick<Dataset, "channelNames" | "labels" | "licence"> {
  readonly regions?: Dataset["regions"];
  readonly strayLabels?: Dataset["strayLabels"];
  readonly cases: readonly Omit<CaseFiles, "subject">[];
}

export interface Layout {
  /** How configurations call it. */
  readonly name: string;
  /** For messages: whose layout it is or what it looks like. */
  readonly description: string;
  /** True where the folder is laid out this way. @throws UserError where the folder cannot be read */
  matches(folder: string): Promise<boolean>;
  /**
   * Finds the cases. What is wrong with the files of one case becomes the case's `fault`.
   *
   * @throws UserError where `dataset.json` cannot be understood
   */
  read(folder: string): Promise<LayoutContent>;
}
