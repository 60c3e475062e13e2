"""The books of svc-certificate: `certificates` with types, presentations, revocations and seals; `issuers` since powers moved."""
