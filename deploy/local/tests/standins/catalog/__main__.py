import standin

standin.main("catalog")
