import { Button, Group, Modal, Textarea, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconClipboardText } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { notifyProblem } from "../../components/notify.ts";

const NAME = "pasted.jsonl";
/** Where a paste belongs to what is being typed. */
const TYPING = "input, textarea, [contenteditable], [role=dialog]";

/** Text is read like a dropped file: its content says what it is. */
const useTake = () => {
  const addFile = useDatasets((state) => state.addFile);
  return (text: string) => void addFile(new Blob([text]), NAME).catch(notifyProblem);
};

/** Ctrl/⌘ V anywhere on the screen reads the pairs of the clipboard. */
export const usePastedPairs = (): void => {
  const take = useTake();
  const latest = useRef(take);
  useEffect(() => {
    latest.current = take;
  });
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      if (event.target instanceof Element && event.target.closest(TYPING)) return;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text.trim() === "") return;
      event.preventDefault();
      latest.current(text);
    };
    window.addEventListener("paste", onPaste);
    return () => window.removeEventListener("paste", onPaste);
  }, []);
};

/** A button that opens a place to paste pairs into. */
export const PasteButton = (props: Pick<ButtonProps, "size">) => {
  const take = useTake();
  const [opened, { open, close }] = useDisclosure(false);
  const [text, setText] = useState("");
  return (
    <>
      <Button variant="default" leftSection={<IconClipboardText size={17} aria-hidden />} {...props} onClick={open}>
        Paste pairs
      </Button>
      <Modal opened={opened} onClose={close} size="lg" title="Paste pairs" closeButtonProps={{ "aria-label": "Close" }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            close();
            setText("");
            take(text);
          }}
        >
          <Textarea
            data-autofocus
            label="Pairs"
            description="JSON lines, CSV or any other form that a file may have."
            placeholder={'{"query": "reset my password", "positive": "Open Settings, Account…"}'}
            autosize
            minRows={8}
            maxRows={16}
            spellCheck={false}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.85rem" } }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group justify="flex-end" mt="md">
            <Button type="submit" disabled={text.trim() === ""}>
              Read them
            </Button>
          </Group>
        </form>
      </Modal>
    </>
  );
};
