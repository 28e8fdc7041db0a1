import { Alert } from "@mantine/core";
import { IconPackage } from "@tabler/icons-react";

/** Said where the finished run that comes with the studio is shown. */
export const Shipped = () => (
  <Alert color="gray" variant="light" icon={<IconPackage aria-hidden />}>
    This finished run comes with the studio. It was trained elsewhere and is read-only: look at its results, search with
    it, or train on the sample yourself.
  </Alert>
);
