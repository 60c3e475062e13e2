import standin

standin.main("certificate")
