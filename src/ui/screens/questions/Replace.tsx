import { Button, Group, Modal, Text } from "@mantine/core";
import { pick } from "../../../app/pick.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import { counted, whole } from "../../components/format.ts";

/** Asks before another writing takes the place of questions that are there. */
export const Replace = () => {
  const { wanted, view, replace, keepPresent } = useQuestions(pick("wanted", "view", "replace", "keepPresent"));
  const questions = counted(view?.writing?.questions ?? 0, "question");
  const judged = view?.review ? view.review.judged : 0;
  return (
    <Modal
      opened={wanted !== null}
      onClose={keepPresent}
      title={`Write others in place of ${questions}?`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Text>
        This asks other prompts than before. The {questions} that are there
        {judged > 0 && `, ${whole(judged)} of the sample read by you,`} are removed when the first new one is written.
        To keep them, use them as pairs first.
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={keepPresent}>
          Keep what is here
        </Button>
        <Button color="brick" onClick={() => void replace()}>
          Write others
        </Button>
      </Group>
    </Modal>
  );
};
