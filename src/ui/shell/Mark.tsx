/** The mark: a ranked list whose right answer came to the top. */
export const Mark = () => (
  <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden>
    <rect width="32" height="32" rx="7" fill="#12564a" />
    <rect x="7" y="8" width="18" height="4" rx="2" fill="#7cd0bc" />
    <rect x="7" y="14.5" width="12" height="3" rx="1.5" fill="#ebf5f2" opacity=".65" />
    <rect x="7" y="20" width="8" height="3" rx="1.5" fill="#ebf5f2" opacity=".45" />
  </svg>
);
