import { Page } from "../../components/Page.tsx";

export default function TrainScreen() {
  return <Page title="Train">{null}</Page>;
}
