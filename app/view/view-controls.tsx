/** Views, mask, doubt and position: with the keyboard as with the mouse. */
import type { Position } from "../scan/scan-viewer.js";
import { isMaskShown, type ViewChoices, viewChoices } from "../state/page-state.js";
import { texts } from "../texts.js";

const change = (changed: Partial<ViewChoices>): void => {
  viewChoices.value = { ...viewChoices.value, ...changed };
};

interface ViewControlsProps {
  readonly channels: number;
  readonly position: Position;
  readonly onMove: (position: Position) => void;
}

export function ViewControls({ channels, position, onMove }: ViewControlsProps) {
  const choices = viewChoices.value;
  return (
    <div class="controls">
      <Choice name="view" legend={texts.viewer.view} options={texts.viewer.views} />
      {isMaskShown.value && (
        <>
          <Choice name="mask" legend={texts.viewer.mask} options={texts.viewer.masks} />
          <Slider
            label={texts.viewer.maskOpacity}
            value={choices.maskOpacity}
            onInput={(maskOpacity) => change({ maskOpacity })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={choices.showDoubt}
              onChange={({ currentTarget }) => change({ showDoubt: currentTarget.checked })}
            />
            {texts.viewer.doubt}
          </label>
          {choices.showDoubt && (
            <Slider
              label={texts.viewer.doubtOpacity}
              value={choices.doubtOpacity}
              onInput={(doubtOpacity) => change({ doubtOpacity })}
            />
          )}
        </>
      )}
      {channels > 1 && (
        <label>
          {texts.viewer.channel}
          <select onChange={({ currentTarget }) => change({ channel: Number(currentTarget.value) })}>
            {Array.from({ length: channels }, (_, at) => (
              <option key={String(at)} value={at} selected={at === choices.channel}>
                {at + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      <fieldset class="position">
        <legend>{texts.viewer.position}</legend>
        {texts.viewer.axes.map((label, axis) => (
          <Slider
            key={label}
            label={label}
            value={position[axis]!}
            onInput={(value) =>
              onMove(position.map((own, at) => (at === axis ? value : own)) as unknown as Position)
            }
          />
        ))}
      </fieldset>
    </div>
  );
}

interface ChoiceProps<Name extends "view" | "mask"> {
  readonly name: Name;
  readonly legend: string;
  readonly options: Readonly<Record<ViewChoices[Name], string>>;
}

function Choice<Name extends "view" | "mask">({ name, legend, options }: ChoiceProps<Name>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {Object.entries<string>(options).map(([value, label]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={viewChoices.value[name] === value}
            onChange={() => change({ [name]: value })}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface SliderProps {
  readonly label: string;
  /** 0 to 1. */
  readonly value: number;
  readonly onInput: (value: number) => void;
}

function Slider({ label, value, onInput }: SliderProps) {
  return (
    <label class="slider">
      {label}
      <input
        type="range"
        min="0"
        max="100"
        step="1"
        value={Math.round(value * 100)}
        onInput={({ currentTarget }) => onInput(Number(currentTarget.value) / 100)}
      />
    </label>
  );
}
