import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Something that the page must know before it goes on; the first answer has the keyboard. */
export function Question({ title, why, children }: QuestionProps) {
  const answers = useRef<HTMLDivElement>(null);
  useEffect(() => answers.current?.querySelector("button")?.focus(), []);
  return (
    <fieldset class="question">
      <legend>{title}</legend>
      <p>{why}</p>
      <div class="buttons" ref={answers}>
        {children}
      </div>
    </fieldset>
  );
}

interface QuestionProps {
  readonly title: string;
  readonly why: string;
  /** Buttons. */
  readonly children: ComponentChildren;
}
