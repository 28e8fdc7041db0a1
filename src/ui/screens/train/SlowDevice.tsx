import { Alert } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";

/** Says calmly that this device is slow, and what would be faster. */
export const SlowDevice = () => (
  <Alert
    color="ochre"
    variant="light"
    icon={<IconHourglass aria-hidden />}
    title="No hardware GPU, so training is slower"
  >
    The result is the same. The bundled models work well here; for Qwen3-Embedding-0.6B use Chrome or Edge on a computer
    with a graphics card and hardware acceleration switched on.
  </Alert>
);
