/** The tripod mark: a head on three legs, held by a brace. Decorative: the name stands beside it. */
export function Logo({ className = 'size-8' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" fill="none" strokeLinecap="round" className={className} aria-hidden="true">
      <path d="M16 13 7 28M16 13l9 15" stroke="#fbbf24" strokeWidth="2.8" />
      <path d="M16 13v13.5" stroke="#d97706" strokeWidth="2.8" />
      <path d="M11 21.3h10" stroke="#38bdf8" strokeWidth="2" />
      <circle cx="16" cy="8.2" r="4.8" fill="#fbbf24" />
      <circle cx="16" cy="8.2" r="1.8" fill="#0f172a" />
    </svg>
  );
}
