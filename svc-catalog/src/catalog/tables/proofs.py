"""Tables: the list of proofs (证明), retained and cancelled."""
