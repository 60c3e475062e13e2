import standin

standin.main("gateway")
