export const WindowDrop = () => null;
