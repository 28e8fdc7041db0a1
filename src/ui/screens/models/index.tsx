import { Page } from "../../components/Page.tsx";

export default function ModelsScreen() {
  return <Page title="Models">{null}</Page>;
}
